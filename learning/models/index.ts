export { buildModel, registerModel, usesConvolution, type ModelBuilder } from './build';
export { bodyOf, headOf } from './head';
export { checkShape, rowShape, type ModelShape } from './shape';
export { modelFromTopology } from './topology';
export { trainableWeightsOf, weightsOf, type Weight } from './weights';

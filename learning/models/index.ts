export { buildModel, registerModel, usesConvolution, type ModelBuilder } from './build';
export { checkShape, rowShape, type ModelShape } from './shape';
export { modelFromTopology } from './topology';
export { trainableWeightsOf, weightsOf, type Weight } from './weights';

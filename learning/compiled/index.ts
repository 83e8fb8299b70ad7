export { compile, type Compiled, type CompileOptions } from './compile';
export { CannotCompile } from './errors';
export type { Agreement } from './check';
export type { Rows } from './rows';
export type { Tensors } from './tensors';
export { compilePredict, exportSavedModel, predictionDifference, type Predictor } from './inference';

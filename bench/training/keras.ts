import { pythonWith } from '../python';

/** Python with Keras. @returns the path of the interpreter */
export const kerasPython = (): string => pythonWith('bench-keras', ['tensorflow-cpu==2.21.0'], 'Keras, about 300 MB');

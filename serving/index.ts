export { startServer, type Server, type ServerOptions } from './server';
export { type Log } from './champion';
export { predictor, type Predict } from './predictor';

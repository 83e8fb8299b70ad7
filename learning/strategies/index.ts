import { fineTune } from './fine-tune';
import { replay } from './replay';
import { stateless } from './stateless';
import { registerStrategy } from './strategy';

[stateless, fineTune, replay].forEach(registerStrategy);

export { registerStrategy, strategy, strategyNamed } from './strategy';
export type { Logits, Rows, Session, Step, Strategy, StrategyDefinition } from './strategy';

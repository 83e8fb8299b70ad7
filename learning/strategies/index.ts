import { fineTune } from './fine-tune';
import { replay } from './replay';
import { stateless } from './stateless';
import { registerStrategy } from './strategy';

[stateless, fineTune, replay].forEach(registerStrategy);

export { registerStrategy, strategy, strategyNamed, strategyNames } from './strategy';
export type { ByWeight, Logits, Past, Rows, Session, Step, Strategy, StrategyDefinition } from './strategy';

import { aGem } from './a-gem';
import { der } from './der';
import { distil } from './distil';
import { erAce } from './er-ace';
import { ewc } from './ewc';
import { fineTune } from './fine-tune';
import { gdumb } from './gdumb';
import { icarl } from './icarl';
import { joint } from './joint';
import { l2sp } from './l2-sp';
import { lwf } from './lwf';
import { packedReplay } from './packed-replay';
import { replay } from './replay';
import { ridge } from './ridge';
import { shrinkAndPerturb } from './shrink-and-perturb';
import { si } from './si';
import { slda } from './slda';
import { stateless } from './stateless';
import { registerStrategy } from './strategy';

[stateless, fineTune, replay, packedReplay, ewc, si, lwf, l2sp, shrinkAndPerturb, joint, ridge, slda, der, aGem, erAce, gdumb, icarl, distil].forEach(registerStrategy);

export { registerStrategy, strategy, strategyNamed, strategyNames } from './strategy';
export type { ByWeight, Logits, Past, Rows, Session, Step, Strategy, StrategyDefinition } from './strategy';

import { weed as pin } from './pins.mjs';
import { findProgram } from './program.mjs';

/** SeaweedFS, the S3 service of the tests. CONTINUAL_WEED_PATH names one explicitly. */
export const setUpWeed = () => findProgram({ name: 'weed', variable: 'CONTINUAL_WEED_PATH', pin, version: ['version'] });

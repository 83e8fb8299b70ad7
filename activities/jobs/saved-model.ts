import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Learner } from '../../learning';
import { CannotCompile, exportSavedModel } from '../../learning';

/**
 * The model's forward pass as a TensorFlow SavedModel, for Python and TensorFlow Serving: a folder with this one file. None
 * where the model cannot be a graph; the tf.js files hold it all the same.
 */
export async function savedModel({ model }: Learner): Promise<Record<string, Uint8Array>> {
  const folder = await mkdtemp(join(tmpdir(), 'continual-saved-model-'));
  try {
    exportSavedModel(model, folder);
    return { 'saved_model.pb': await readFile(join(folder, 'saved_model.pb')) };
  } catch (error) {
    if (error instanceof CannotCompile) return {};
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

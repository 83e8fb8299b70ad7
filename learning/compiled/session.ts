import { CannotCompile } from './errors';
import type { Graph } from './graph';
import { nativeBackend, type Made } from './native';
import { savedModel, throughFolder } from './saved-model';

/** What one call feeds and fetches, by the names in the graph. */
export interface Call {
  inputs: string[];
  outputs: string[];
}

/** A loaded graph, with variables of its own that live as long as it does. */
export class Session {
  private readonly backend = nativeBackend();
  private id: number | undefined;

  constructor(graph: Graph) {
    const { binding } = this.backend;
    try {
      this.id = throughFolder(savedModel(graph, binding.TF_Version), (folder) => binding.loadSavedModel(folder, 'serve'));
    } catch (error) {
      throw new CannotCompile(`TensorFlow refuses the graph: ${(error as Error).message}`);
    }
  }

  /**
   * Runs what the outputs need. The addon does not let go of its inputs when a run fails, so callers check shapes,
   * types and indices beforehand.
   */
  run(inputs: number[], inputNames: string, outputNames: string): Made[] {
    if (this.id === undefined) throw new Error('this compiled step was disposed of');
    return this.backend.binding.runSavedModel(this.id, inputs, inputNames, outputNames);
  }

  dispose(): void {
    if (this.id !== undefined) this.backend.binding.deleteSavedModel(this.id);
    this.id = undefined;
  }
}

import * as tf from '@tensorflow/tfjs';
import type { Graph } from './graph';
import { dataType, nativeBackend, upload } from './native';
import type { Sources } from './rows';
import type { Session } from './session';
import { typeKey, type Spec } from './tensors';
import { writeVariable, type VariableNames } from './variables';

/** A variable of the session with data in it, and the tensor that it has the data of. */
export interface Resident {
  names: VariableNames;
  tensor: tf.Tensor | undefined;
}

/**
 * The data that steps pick their rows from, in variables of the session: it goes to TensorFlow, and to its device, once,
 * and a call names row numbers alone. One variable for each distinct tensor, however often it stands in the nest.
 *
 * On a CPU the variable shares the tensor's memory. That memory is JavaScript's, and may only be let go of on JavaScript's
 * thread, so the tensor is kept until the variable has another value or is gone.
 */
export class ResidentData {
  private readonly backend = nativeBackend();
  private readonly variables = new Map<string, Resident>();

  /** The variables of a step's inputs, written into the graph where they are not there yet; none of an input that is fed. */
  write(graph: Graph, { specs, residents }: Sources & { specs: Spec[] }): (Resident | undefined)[] {
    return residents.map((resident, i) => {
      if (resident === undefined) return undefined;
      const { dtype, shape } = specs[i]!;
      const rowsOf = { dtype, shape: [-1, ...shape.slice(1)] };
      const key = `${resident} ${typeKey(rowsOf)}`;
      const known = this.variables.get(key);
      if (known) return known;
      const made = { names: writeVariable(graph, `d${this.variables.size}`, dataType(dtype), rowsOf.shape, 'shared'), tensor: undefined };
      this.variables.set(key, made);
      return made;
    });
  }

  /** Makes each input's tensor its variable's data, where that is another. */
  hold(session: Session, places: readonly (Resident | undefined)[], inputs: readonly tf.Tensor[]): void {
    const fresh = new Map<Resident, tf.Tensor>();
    for (const [i, place] of places.entries()) if (place && place.tensor?.dataId !== inputs[i]!.dataId) fresh.set(place, inputs[i]!);
    if (fresh.size === 0) return;
    const names = [...fresh.keys()].map((place) => place.names);
    const made = session.run([...fresh.values()].map((tensor) => upload(this.backend, tensor)), names.map((n) => `${n.feed}:0`).join(), names.map((n) => `${n.assigned}:0`).join());
    for (const { id } of made) this.backend.binding.deleteTensor(id);
    for (const [place, tensor] of fresh) {
      place.tensor?.dispose();
      place.tensor = tf.keep(tensor.clone());
    }
  }

  /** Lets go of data and variables; to be called when their session is gone. */
  release(): void {
    for (const { tensor } of this.variables.values()) tensor?.dispose();
    this.variables.clear();
  }
}

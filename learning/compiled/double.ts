import * as tf from '@tensorflow/tfjs';
import { attribute, Graph, type Attribute, type Attributes } from './graph';
import { writeModel } from './inference';
import { DataType, nativeBackend, upload, type Values } from './native';
import { Session } from './session';

const [single, double] = [attribute.type(DataType.float32), attribute.type(DataType.float64)];
const cast = (from: Attribute, to: Attribute): Attributes => ({ SrcT: from, DstT: to });

/** A graph that computes in float64 what is written into it in float32. What it is fed and what is constant stays as it is. */
class DoubleGraph extends Graph {
  override add(op: string, inputs: string[] = [], attributes: Attributes = {}, name?: string): string {
    if (op === 'FusedBatchNorm') return this.batchNorm(inputs, attributes);
    if (op === 'Placeholder' || op === 'Const') {
      const given = super.add(op, inputs, attributes, name);
      return attributes.dtype!.equals(single) ? super.add('Cast', [given], cast(single, double)) : given;
    }
    const wide = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, value.equals(single) ? double : value]));
    return super.add(op, inputs, wide, name);
  }

  override constant(dtype: number, shape: number[], values: Values, after: string[] = []): string {
    return this.add('Const', after, { dtype: attribute.type(dtype), value: attribute.tensor(dtype, shape, values) });
  }

  /** What TensorFlow has in float32 alone, from ops that it has in float64. */
  private batchNorm(inputs: string[], { epsilon }: Attributes): string {
    const [x, scale, offset, mean, variance] = inputs as [string, string, string, string, string];
    const of = (op: string, ...operands: string[]): string => super.add(op, operands, { T: double });
    // An attribute is a tag of one byte and its value.
    const floor = this.scalar('float32', epsilon!.readFloatLE(1));
    const factor = of('Mul', of('Rsqrt', of('AddV2', variance, floor)), scale);
    return of('AddV2', of('Mul', of('Sub', x, mean), factor), offset);
  }

  /** A float64 value as two of float32 whose sum it is, to twice the digits. */
  halves(value: string): [string, string] {
    const high = super.add('Cast', [value], cast(double, single));
    const rest = super.add('Sub', [value, super.add('Cast', [high], cast(single, double))], { T: double });
    return [high, super.add('Cast', [rest], cast(double, single))];
  }
}

/**
 * A model's forward pass with its weights as they are and all arithmetic in float64, so that what two models differ by is
 * not their rounding. tf.js has no float64; TensorFlow below it does.
 *
 * @param model with one input and one output
 * @returns from inputs, float32 [rows, …], to outputs, row by row; dispose of it
 * @throws CannotCompile where the model cannot be a graph, or has a layer that TensorFlow has in float32 alone (a bilinear upsampling)
 * @example
 * const forward = compileInDouble(model);
 * const logits = forward(tf.tensor2d(rows));
 */
export function compileInDouble(model: tf.LayersModel): { (x: tf.Tensor): Float64Array; dispose(): void } {
  const backend = nativeBackend();
  const { graph } = writeModel(model, new DoubleGraph());
  const outputs = graph.halves('y0').map((name) => `${name}:0`);
  const session = new Session(graph);
  const forward = (x: tf.Tensor): Float64Array => {
    const [high, low] = session.run([upload(backend, x)], 'x0:0', outputs.join()).map((made) => backend.createOutputTensor(made)) as [tf.Tensor, tf.Tensor];
    const rest = low.dataSync();
    const values = Float64Array.from(high.dataSync(), (value, i) => value + rest[i]!);
    tf.dispose([high, low]);
    return values;
  };
  return Object.assign(forward, { dispose: () => session.dispose() });
}

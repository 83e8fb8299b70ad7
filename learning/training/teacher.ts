import * as tf from '@tensorflow/tfjs';
import { scaledTranslation, type Features } from '../features';
import { cloneModel, type Learner } from '../learner';
import { rowShape } from '../models';

/** The logit of a class that the teacher has never heard of. */
const unheard = -1e9;

/** A frozen model that a strategy learns from. It sees the student's rows as its own features would have encoded them. */
export class Teacher {
  private constructor(
    readonly model: tf.LayersModel,
    private readonly eyes: { kernel: tf.Variable; bias: tf.Variable } | null,
    /** Classes that the student has more. */
    private readonly more: number,
  ) {}

  /** A copy of the student's own model, as it is now. */
  static async copyOf(model: tf.LayersModel): Promise<Teacher> {
    return new Teacher(await cloneModel(model), null, 0);
  }

  /** Another model, which may know other columns and levels, and the first of the student's classes. */
  static async from({ model, features }: Learner, student: Features): Promise<Teacher> {
    const way = scaledTranslation(student, features);
    const variable = (values: Float32Array, shape: number[]): tf.Variable => tf.tidy(() => tf.tensor(values, shape).variable(false));
    const eyes = way && { kernel: variable(way.kernel, [student.width, features.width]), bias: variable(way.bias, [features.width]) };
    return new Teacher(await cloneModel(model), eyes, student.classes.length - features.classes.length);
  }

  /** Its logits for the student's scaled rows: float32 [rows, the student's classes], -1e9 for those that it does not know. */
  logits(x: tf.Tensor): tf.Tensor2D {
    const known = this.model.apply(this.see(x)) as tf.Tensor2D;
    return this.more === 0 ? known : known.pad([[0, 0], [0, this.more]], unheard);
  }

  /** The student's scaled rows as the teacher takes them. */
  see(x: tf.Tensor): tf.Tensor {
    if (!this.eyes) return x;
    const rows = x.shape[0]!;
    return x.reshape([rows, -1]).matMul(this.eyes.kernel).add(this.eyes.bias).reshape([rows, ...rowShape(this.model)]);
  }

  dispose(): void {
    this.model.dispose();
    tf.dispose(this.eyes ?? []);
  }
}

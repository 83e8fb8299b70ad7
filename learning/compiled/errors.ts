/**
 * The step cannot become a graph without changing what it means. Says which op or value, and the cure.
 * `compile` turns it into one warning and goes on eagerly.
 */
export class CannotCompile extends Error {
  override readonly name = 'CannotCompile';
}

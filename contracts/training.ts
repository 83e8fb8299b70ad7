/** How far a training is; travels in heartbeats, shown by `continual status`. */
export interface TrainingProgress {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  loss: number;
  rowsPerSecond: number;
  secondsLeft: number;
}

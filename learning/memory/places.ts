/** Which places of a memory each class's rows have, in ascending order, so that a draw among them depends on nothing but what is there. */
export class Places {
  private readonly of: number[][];

  constructor(classes: number) {
    this.of = Array.from({ length: classes }, () => []);
  }

  ofClass(label: number): readonly number[] {
    return this.of[label]!;
  }

  /** Those of the largest class, the first such one. */
  get ofLargest(): readonly number[] {
    return this.of.reduce((most, places) => (places.length > most.length ? places : most));
  }

  add(place: number, label: number): void {
    const places = this.of[label]!;
    places.splice(position(places, place), 0, place);
  }

  remove(place: number, label: number): void {
    const places = this.of[label]!;
    places.splice(position(places, place), 1);
  }
}

/** Where the place is in the sorted list, or would be. */
function position(places: number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

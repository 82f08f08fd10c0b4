/** Nothing is known to be wrong with what was asked; it cannot be answered now. The same again, later, may succeed. */
export class Unavailable extends Error {
  override name = 'Unavailable';
  /** Whether it may have happened all the same; the same request again finds out. */
  readonly outcomeUnknown: boolean;
  constructor(message: string, outcomeUnknown = false, options?: ErrorOptions) {
    super(message, options);
    this.outcomeUnknown = outcomeUnknown;
  }
}

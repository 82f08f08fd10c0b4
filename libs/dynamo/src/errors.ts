/** The store, or this instance, cannot answer in time. Nothing is known to be wrong with the request: try again later. */
export class StoreBusy extends Error {
  override name = 'StoreBusy';
  /** Whether the write may have happened; the same request again finds out. */
  readonly outcomeUnknown: boolean;
  constructor(message: string, outcomeUnknown = false) {
    super(message);
    this.outcomeUnknown = outcomeUnknown;
  }
}

/** Others changed the item at every try. */
export class KeepsChanging extends StoreBusy {
  override name = 'KeepsChanging';
}

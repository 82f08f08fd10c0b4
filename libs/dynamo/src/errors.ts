import { Unavailable } from '@fcode/policy';

/** The store, or this instance, cannot answer in time. */
export class StoreBusy extends Unavailable {
  override name = 'StoreBusy';
}

/** Others changed the item at every try. */
export class KeepsChanging extends StoreBusy {
  override name = 'KeepsChanging';
}

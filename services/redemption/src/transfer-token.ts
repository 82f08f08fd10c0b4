import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * The text of a one-time link: the transfer's id, and what nobody can write who does not have the key. It is computed and
 * never stored; what it opens, opens once.
 */
export class TransferTokens {
  readonly #key: KeyObject;

  constructor(secret: Uint8Array) {
    this.#key = createSecretKey(createHmac('sha256', secret).update('fcode transfer link').digest());
  }

  of(transferId: string): string {
    return `${transferId}.${this.#tag(transferId)}`;
  }

  /** The transfer that a link is of; undefined when it is not a link of ours. */
  read(token: string): string | undefined {
    const dot = token.indexOf('.');
    const [transferId, tag] = [token.slice(0, dot), Buffer.from(token.slice(dot + 1))];
    const expected = Buffer.from(this.#tag(transferId));
    return dot > 0 && tag.length === expected.length && timingSafeEqual(tag, expected) ? transferId : undefined;
  }

  #tag(transferId: string): string {
    // 132 bits: nobody finds one by trying, so bad links are counted nowhere. They are told by arithmetic, without the store.
    return createHmac('sha256', this.#key).update(transferId).digest('base64url').slice(0, 22);
  }
}

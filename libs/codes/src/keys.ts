import { hkdfSync } from 'node:crypto';

export interface CodeKey {
  /** 0 … 31: it is the first symbol of every code made with the key. */
  version: number;
  /** 32 random bytes or more. */
  secret: Uint8Array;
}

export const VERSIONS = 32;
export const SECRET_BYTES = 32;

/**
 * One 32-byte AES key per purpose, by HKDF-SHA256 (RFC 5869). The version is part of the info string, so a secret that
 * is configured twice by mistake still gives unrelated codes. Changing these strings changes every code handed out.
 */
export const subkey = (
  { version, secret }: CodeKey,
  purpose: 'permutation' | 'authenticator' | 'canaries',
): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', `fcode/codes/1/${purpose}/key-version=${version}`, 32));

const EXAMPLE =
  'expected "<version>:<secret>" entries joined by commas, for example "1:NEVER-USE-THIS-ONE-32-random-bytes-as-43-chars,2:…"; ' +
  `versions are 0 to ${VERSIONS - 1}, secrets are at least ${SECRET_BYTES} random bytes in base64url ` +
  `(node -p "crypto.randomBytes(32).toString('base64url')")`;

const entry = (text: string, position: number): CodeKey => {
  // The text itself never goes into a message: whatever is misplaced here may be the secret.
  const wrong = (what: string) => new Error(`Code keys: entry ${position} ${what}; ${EXAMPLE}`);
  const colon = text.indexOf(':');
  if (colon < 0) throw wrong('has no colon');
  const digits = text.slice(0, colon).trim();
  const version = Number(digits);
  if (!/^\d{1,2}$/.test(digits) || version >= VERSIONS) throw wrong(`has no version from 0 to ${VERSIONS - 1}`);
  const encoded = text
    .slice(colon + 1)
    .trim()
    .replace(/={1,2}$/, '');
  const secret = Buffer.from(encoded, 'base64url');
  // Node decodes leniently (it skips what it does not know): only what encodes back to itself was meant.
  if (secret.toString('base64url') !== encoded) throw wrong(`(version ${version}) has a secret that is not base64url`);
  if (secret.length < SECRET_BYTES) {
    throw wrong(`(version ${version}) has a secret of ${secret.length} bytes, fewer than ${SECRET_BYTES}`);
  }
  return { version, secret: new Uint8Array(secret) };
};

/**
 * Reads keys from a setting such as `1:<base64url>,2:<base64url>`.
 * @throws Error naming the entry by position and what is wrong with it, never its text
 */
export const parseCodeKeys = (environment: string): CodeKey[] => {
  if (environment.trim() === '') throw new Error(`Code keys: none given; ${EXAMPLE}`);
  const keys = environment.split(',').map((text, i) => entry(text, i + 1));
  const twice = keys.find(({ version }, i) => keys.findIndex((key) => key.version === version) < i);
  if (twice) throw new Error(`Code keys: version ${twice.version} is given twice; ${EXAMPLE}`);
  return keys;
};

import { regionSchema, Unavailable } from '@fcode/policy';
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { z } from 'zod';

/** Who may call: least privilege, one role a route; a token may carry several. */
export const roles = ['member', 'checkout', 'ops', 'connector'] as const;
export type Role = (typeof roles)[number];

/**
 * Who somebody is to their identity provider: at most 128 characters. Starts with a letter or digit, so that no
 * spreadsheet takes an exported id for a formula.
 */
export const subjectForm = /^[A-Za-z0-9_][\w.:@|+/-]{0,127}$/;

export interface Caller {
  /** The token's subject: a member's id, a shop's id, an operator's id. */
  subject: string;
  roles: Role[];
  /** Where the identity provider says that they live: ISO 3166, as `DE` or `CN-BJ`. */
  region?: string;
}

/** Resolves to the caller, or to undefined when the token is not good. Rejects when that cannot be found out. */
export type Verifier = (token: string) => Promise<Caller | undefined>;

export const issuer = 'fcode';
export const audience = 'fcode';

const claims = z.object({
  sub: z.string().regex(subjectForm),
  roles: z.array(z.string()),
  // In a form of their own, it says nothing here, and the token is as good.
  region: regionSchema.optional().catch(undefined),
});

const callerOf = (payload: JWTPayload): Caller | undefined => {
  const parsed = claims.safeParse(payload);
  if (!parsed.success) return undefined;
  // Identity providers put roles of others into their tokens too: they give no right here, and take none.
  const known = parsed.data.roles.filter((role): role is Role => (roles as readonly string[]).includes(role));
  const { sub: subject, region } = parsed.data;
  return { subject, roles: known, ...(region === undefined ? {} : { region }) };
};

const secretKey = (secret: string): Uint8Array => {
  const key = new TextEncoder().encode(secret);
  if (key.length < 32) throw new Error('the JWT secret must be at least 32 bytes: openssl rand -base64 32');
  return key;
};

/** For how long a token that was found good counts as good without being looked at again; never beyond its end. */
const rememberedMs = 30_000;
const rememberedAtMost = 10_000;

/**
 * A shop sends one token with each of its checkouts, and a signature costs a fifth of what answering one does. What was
 * refused is not remembered: a stranger's tokens push nobody's out.
 */
const remembering = (verify: (token: string) => Promise<{ payload: JWTPayload }>): Verifier => {
  const good = new Map<string, { caller: Caller; until: number }>();
  return async (token) => {
    const known = good.get(token);
    if (known && known.until > Date.now()) return known.caller;
    good.delete(token);
    try {
      const { payload } = await verify(token);
      const caller = callerOf(payload);
      if (!caller) return undefined;
      const until = Math.min((payload.exp ?? 0) * 1000, Date.now() + rememberedMs);
      good.set(token, { caller, until });
      const [oldest] = good.keys();
      if (good.size > rememberedAtMost && oldest !== undefined) good.delete(oldest);
      return caller;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
};

/** Tokens signed with a shared secret (HS256): for one machine. */
export const secretVerifier = (secret: string): Verifier => {
  const key = secretKey(secret);
  const options: JWTVerifyOptions = { algorithms: ['HS256'], issuer, audience, requiredClaims: ['exp'] };
  return remembering((token) => jwtVerify(token, key, options));
};

/** Tokens of an identity provider, checked against its published keys (JWKS): for production. */
export const jwksVerifier = (url: string, expected: { issuer: string; audience: string }): Verifier => {
  const published = createRemoteJWKSet(new URL(url));
  const keys: JWTVerifyGetKey = async (header, token) => {
    try {
      return await published(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (isOfToken) throw error;
      // A key set that cannot be had, or read, is our trouble and not the caller's.
      throw new Unavailable('The keys of the identity provider cannot be had right now.', false, { cause: error });
    }
  };
  const options: JWTVerifyOptions = { algorithms: ['RS256', 'ES256', 'EdDSA'], ...expected, requiredClaims: ['exp'] };
  return remembering((token) => jwtVerify(token, keys, options));
};

/** A token for this machine's own secret; `lifetime` as in `12h`. */
export const signToken = (secret: string, caller: Caller, lifetime = '12h'): Promise<string> =>
  new SignJWT({ roles: caller.roles, ...(caller.region === undefined ? {} : { region: caller.region }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(caller.subject)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(secretKey(secret));

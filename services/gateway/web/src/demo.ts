import { FcodeProblem } from '@fcode/client';

/** Somebody whom a visitor may be, to try things out. */
export interface Persona {
  subject: string;
  name: { en: string; zh: string };
  roles: string[];
  tier?: 'angel' | 'core' | 'loyal' | 'fan';
}

export interface Demo {
  personas: Persona[];
  /** Who runs the campaigns. */
  ops: Persona[];
  /** Whose credential the demo checkout uses. */
  shop: string;
}

export interface SignedIn {
  token: string;
  expiresAt: string;
}

// These two belong to the demo and not to the product, so they stand in no API document, and the client has no verb for them.
const ask = async <Data>(path: string, init: RequestInit = {}): Promise<Data> => {
  const response = await fetch(new Request(new URL(path, location.origin), init));
  if (response.ok) return (await response.json()) as Data;
  const { status, statusText } = response;
  throw new FcodeProblem({ type: `urn:fcode:problem:http_${status}`, title: `${status} ${statusText}`, status });
};

/** Who may be played here; null where members come from an identity provider and nobody can be played. */
export const demo = async (): Promise<Demo | null> => {
  try {
    return await ask<Demo>('/demo/personas');
  } catch (error) {
    if (error instanceof FcodeProblem && error.status === 404) return null;
    throw error;
  }
};

export const signIn = (subject: string): Promise<SignedIn> =>
  ask('/demo/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subject }),
  });

import { createClient } from '@fcode/client';
import { tokenOf } from '../../session.ts';

const answerOf = (request: XMLHttpRequest): Response => {
  const headers = new Headers();
  for (const name of ['content-type', 'retry-after']) {
    const value = request.getResponseHeader(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(request.response as Blob, { status: request.status, statusText: request.statusText, headers });
};

/** `fetch` that tells how much of a request has gone out, from 0 to 1. The browser's own tells nobody. */
const sendTelling =
  (onSent: (share: number) => void) =>
  async (wanted: Request): Promise<Response> => {
    const body = await wanted.blob();
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(wanted.method, wanted.url);
      wanted.headers.forEach((value, name) => {
        request.setRequestHeader(name, value);
      });
      request.responseType = 'blob';
      request.upload.addEventListener('progress', ({ loaded, total }) => onSent(total === 0 ? 1 : loaded / total));
      request.addEventListener('load', () => resolve(answerOf(request)));
      request.addEventListener('error', () => reject(new TypeError('Nobody answers.')));
      wanted.signal.addEventListener('abort', () => {
        request.abort();
        reject(wanted.signal.reason);
      });
      request.send(body);
    });
  };

/** Asks for a grant to the members of a file. */
export const uploadGrant = (
  subject: string,
  campaignId: string,
  file: File,
  about: { reason: string; reference: string },
  onSent: (share: number) => void,
) =>
  createClient({
    url: location.origin,
    token: () => tokenOf(subject),
    fetch: sendTelling(onSent),
  }).grants.upload(campaignId, file, about);

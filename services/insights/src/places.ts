import { createHash } from 'node:crypto';
import { codeSubject, padSequence } from '@fcode/events';

/** Sort keys of what is listed by time: the same event always lands on the same one. */

export const digestOf = (id: string): string => createHash('sha1').update(id).digest('hex').slice(0, 16);

/** The form in which instants sort as text. */
export const instantOf = (at: string): string => new Date(at).toISOString();

/** Of the UTC calendar. `at`: an instant, or what begins with one. */
export const monthOf = (at: string): string => at.slice(0, 'YYYY-MM'.length);

/** By time, within a millisecond by the order of the item that tells of it, and then by the event. */
export const placeOf = ({ id, sequence, time }: { id: string; sequence: number; time: string }): string =>
  `${instantOf(time)}/${padSequence(sequence)}/${digestOf(id)}`;

/** What these places look like: a cursor is the last one that a page looked at. */
export const placeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z\/\d{12}\/[0-9a-f]{16}$/;

interface OfCode {
  at: string;
  code: { batch: number; index: number };
  sequence: number;
}

/** By time, then by the code that something happened to, then by the order of its life. */
export const codePlaceOf = ({ at, code, sequence }: OfCode): string =>
  `${at}/${codeSubject(code).slice('code/'.length)}/${padSequence(sequence)}`;

export const codePlaceForm = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,12}Z\/\d{1,7}\.\d{1,10}\/\d{12}$/;

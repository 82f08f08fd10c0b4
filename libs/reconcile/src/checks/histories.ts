import { hash } from 'node:crypto';
import { codeSubject, type EventType, type FactOfType, type Heard, type OrderRef, padSequence, topicOf } from '@fcode/events';
import { type Family, type Finding, type ItemTakers, type System } from '../check.ts';
import { addedTo, fingerprintOf } from '../fingerprint.ts';
import { after, orderName } from '../names.ts';
import type { Found } from '../tables.ts';
import { auditedIn, auditedTypes } from './audited.ts';

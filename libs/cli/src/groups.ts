import type { ServiceName } from '@fcode/infra/tables';
import { groups } from '@fcode/infra/topics';
import { Option } from 'commander';

export const groupNames = Object.keys(groups) as ServiceName[];

/** A group as an option, one of those that there are. */
export const groupOption = (about: string): Option => new Option('--group <group>', about).choices(groupNames);

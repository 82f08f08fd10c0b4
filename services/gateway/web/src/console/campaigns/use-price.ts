import { useQuery } from '@tanstack/react-query';
import { useFormat } from '../../language/use-format.ts';
import { policyQuery } from './queries.ts';

/** For how many points anybody may have a code, as a text takes it; undefined where points buy none, or that is not known yet. */
export const usePrice = (subject: string): { count: number; points: string } | undefined => {
  const format = useFormat();
  const { data: policy } = useQuery(policyQuery(subject));
  const points = policy?.prices?.code;
  return points === undefined ? undefined : { count: points, points: format.number(points) };
};

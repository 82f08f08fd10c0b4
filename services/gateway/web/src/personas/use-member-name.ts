import { useQuery } from '@tanstack/react-query';
import { demoQuery } from '../queries.ts';
import { usePersonaName } from './use-persona-name.ts';

/** What a member is called: by name where it is one of the demo's people, and otherwise by the id. */
export const useMemberName = () => {
  const nameOf = usePersonaName();
  const { data: demo } = useQuery(demoQuery);
  return (memberId: string): string => {
    const persona = demo?.personas.find(({ subject }) => subject === memberId);
    return persona ? nameOf(persona) : memberId;
  };
};

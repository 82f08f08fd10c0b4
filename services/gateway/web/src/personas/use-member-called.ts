import { useQuery } from '@tanstack/react-query';
import { demoQuery } from '../queries.ts';

/** Who of the demo's people is called so, in either language; undefined where nobody is. */
export const useMemberCalled = () => {
  const { data: demo } = useQuery(demoQuery);
  return (called: string): string | undefined => {
    const wanted = called.toLowerCase();
    return demo?.personas.find(({ name }) => Object.values(name).some((one) => one.toLowerCase() === wanted))?.subject;
  };
};

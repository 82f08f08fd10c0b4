import { useSessionStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { demoQuery } from '../queries.ts';

/** Who the visitor of this tab plays. */
export const usePersona = () => {
  const [subject, choose] = useSessionStorage<string>({
    key: 'fcode.persona',
    defaultValue: '',
    getInitialValueInEffect: false,
    serialize: (chosen) => chosen,
    deserialize: (kept) => kept ?? '',
  });
  const { data } = useQuery(demoQuery);
  return { persona: data?.personas.find((persona) => persona.subject === subject), choose };
};

import { useSessionStorage } from '@mantine/hooks';
import type { Buyer } from '../api.ts';
import { usePersona } from '../personas/use-persona.ts';

/** What the form says of the buyer. */
export interface BuyerChoice {
  who: 'guest' | 'member';
  email: string;
  memberId: string;
}

// The system looks closer; this only tells an address that is still being typed.
const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);

export const buyerOf = ({ who, email, memberId }: BuyerChoice): Buyer | undefined => {
  if (who === 'member') return memberId === '' ? undefined : { memberId };
  const address = email.trim();
  return isEmail(address) ? { email: address } : undefined;
};

export const useBuyer = () => {
  const { persona } = usePersona();
  const [choice, setChoice] = useSessionStorage<BuyerChoice>({
    key: 'fcode.buyer',
    defaultValue: { who: 'guest', email: '', memberId: '' },
    getInitialValueInEffect: false,
  });
  const memberId = choice.memberId || (persona?.subject ?? '');
  return [{ ...choice, memberId }, setChoice] as const;
};

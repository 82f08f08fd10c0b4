import { Box, Button, Group, Paper, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { FcodeProblem } from '../../api.ts';
import { useProblemText } from '../../language/use-problem-text.ts';
import { useMemberCalled } from '../../personas/use-member-called.ts';
import { PartHeading } from '../common/part-heading.tsx';
import { findWanted } from './find.ts';
import { FoundCode } from './found-code.tsx';
import { FoundMember } from './found-member.tsx';
import { FoundName } from './found-name.tsx';
import { FoundOrder } from './found-order.tsx';
import { codeNumberForm, guessOf, type Kind, kinds, type Wanted, wantedIn } from './wanted.ts';

const Found = ({ subject, wanted: { kind, text, shop } }: { subject: string; wanted: Wanted }) => {
  switch (kind) {
    case 'code':
      return codeNumberForm.test(text) ? (
        <FoundCode subject={subject} code={text} />
      ) : (
        <FoundName subject={subject} name={text} />
      );
    case 'order':
      return <FoundOrder subject={subject} orderId={text} shop={shop} />;
    case 'member':
      return <FoundMember subject={subject} memberId={text} />;
  }
};

/** What is asked, and what it is taken for. Begins with what is shown. */
const LookUpForm = ({ subject, wanted }: { subject: string; wanted: Wanted | undefined }) => {
  const { t } = useTranslation();
  const { ofError } = useProblemText();
  const navigate = useNavigate();
  const [text, setText] = useState(wanted?.text ?? '');
  const [chosen, setChosen] = useState<Kind | undefined>(wanted?.kind);
  const calledOf = useMemberCalled();
  const [isEmpty, setEmpty] = useState(false);
  const kind = chosen ?? guessOf(text);

  const look = useMutation({
    mutationFn: (): Promise<Wanted> => findWanted(subject, kind, text.trim(), calledOf),
    // The state of a page, and not its address, says what is shown on it.
    onSuccess: (state) => void navigate('/ops/look-up', { state }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setEmpty(text.trim() === '');
    if (text.trim() !== '') look.mutate();
  };
  const problem = () => {
    if (isEmpty) return t('console.lookUp.empty');
    if (!look.error) return undefined;
    const isUnknown = look.error instanceof FcodeProblem && look.error.status === 404;
    return isUnknown ? t('console.lookUp.noCodeText') : ofError(look.error);
  };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
      <Box component="form" onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label={t('console.lookUp.what')}
            description={t('console.lookUp.hint')}
            value={text}
            onChange={(event) => {
              look.reset();
              setEmpty(false);
              setText(event.currentTarget.value);
              setChosen(undefined);
            }}
            error={problem()}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            maxLength={300}
          />
          <Radio.Group
            label={t('console.lookUp.takenFor')}
            value={kind}
            onChange={(value) => setChosen(kinds.find((one) => one === value))}
          >
            <Group mt={6}>
              {kinds.map((one) => (
                <Radio key={one} value={one} label={t(`console.lookUp.kind.${one}`)} />
              ))}
            </Group>
          </Radio.Group>
          <Group>
            <Button type="submit" loading={look.isPending}>
              {t('console.lookUp.look')}
            </Button>
          </Group>
        </Stack>
      </Box>
    </Paper>
  );
};

/** Everything that is known of a code, an order or a member. A code never stands in the address. */
export const LookUp = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const { state, key } = useLocation();
  const wanted = wantedIn(state);
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <PartHeading>{t('console.lookUp.title')}</PartHeading>
        <Text c="dimmed">{t('console.lookUp.lead')}</Text>
      </Stack>
      <LookUpForm key={`form-${key}`} subject={subject} wanted={wanted} />
      {wanted && <Found key={key} subject={subject} wanted={wanted} />}
    </Stack>
  );
};

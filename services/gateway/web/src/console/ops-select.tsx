import { Button, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOps } from './use-ops.ts';

/** Who is signed in to the console, and the way to be somebody else, or nobody. */
export const OpsSelect = () => {
  const { t } = useTranslation();
  const { people, subject, nameOf, choose, leave } = useOps();
  if (people.length === 0) {
    return subject === undefined ? null : (
      <Button size="xs" variant="default" onClick={leave}>
        {t('console.signOut')}
      </Button>
    );
  }
  return (
    <NativeSelect
      size="xs"
      aria-label={t('console.operator')}
      data-testid="operator"
      value={subject ?? ''}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: '', label: t('console.chooseOperator'), disabled: true },
        ...people.map((one) => ({ value: one.subject, label: nameOf(one.subject) })),
      ]}
    />
  );
};

import { NumberInput, type NumberInputProps } from '@mantine/core';
/** A whole number in a form; undefined where nothing was written. */
export type Count = number | undefined;

interface CountInputProps
  extends Omit<NumberInputProps, 'value' | 'onChange' | 'defaultValue' | 'thousandSeparator' | 'clampBehavior'> {
  value: Count;
  onChange: (count: Count) => void;
}

/** A whole number, or nothing. What is out of its range can be written, and is set right when the field is left. */
export const CountInput = ({ value, onChange, min = 0, allowDecimal = false, ...rest }: CountInputProps) => (
  <NumberInput
    {...rest}
    value={value ?? ''}
    onChange={(written) => onChange(typeof written === 'number' ? written : undefined)}
    min={min}
    allowDecimal={allowDecimal}
    allowNegative={false}
    thousandSeparator=","
    clampBehavior="blur"
    hideControls
  />
);

/** Every order of some things. */
export const ordersOf = <Thing>(things: readonly Thing[]): Thing[][] =>
  things.length < 2
    ? [[...things]]
    : things.flatMap((first, position) => ordersOf(things.toSpliced(position, 1)).map((others) => [first, ...others]));

/** Every choice of `count` of some things, in the order in which they stand. */
const choicesOf = <Thing>(things: readonly Thing[], count: number): Thing[][] =>
  count === 0
    ? [[]]
    : things.flatMap((first, position) =>
        choicesOf(things.slice(position + 1), count - 1).map((others) => [first, ...others]),
      );

/**
 * As few orders of some things as it takes for any `together` of them to stand in every order in one or the other, found
 * greedily: 37 of the 720 orders of six things for any four. What goes wrong by the order of so many shows in them as in all.
 */
export const someOrdersOf = <Thing>(things: readonly Thing[], together: number): Thing[][] => {
  const orders = ordersOf([...things.keys()]).map((order) => ({
    order,
    shown: choicesOf(order, together).map((choice) => choice.join()),
  }));
  const seen = new Set<string>();
  const chosen: Thing[][] = [];
  for (;;) {
    const fresh = orders.map(({ shown }) => shown.filter((choice) => !seen.has(choice)).length);
    const most = Math.max(...fresh);
    if (most === 0) return chosen;
    const { order, shown } = orders[fresh.indexOf(most)] as (typeof orders)[number];
    for (const choice of shown) seen.add(choice);
    chosen.push(order.map((position) => things[position] as Thing));
  }
};

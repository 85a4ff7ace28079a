import React, { memo } from 'react';

interface Props {
  name: string;
}

export const Greeting: React.FC<Props> = ({ name }) => {
  return <p>Hello {name}</p>;
};

const Row = memo(({ name }: Props) => (
  <tr>
    <td>{name}</td>
  </tr>
));

export default function Page() {
  return (
    <main>
      <Greeting name="you" />
    </main>
  );
}

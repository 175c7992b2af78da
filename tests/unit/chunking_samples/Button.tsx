import React, { useState } from 'react';

type Props = { label: string; onPress: () => void };

/** A button that counts. */
export const Button: React.FC<Props> = ({ label, onPress }) => {
  const [count, setCount] = useState(0);
  return <button onClick={() => { setCount(count + 1); onPress(); }}>{label} {count}</button>;
};

export default function App() {
  return <Button label="press" onPress={() => console.log('pressed')} />;
}

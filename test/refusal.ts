/** The message with which `act` is refused: that of the error of this kind which it throws. Undefined where it throws none; other errors come through. */
export function refusal(kind: new (...args: never[]) => Error, act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof kind) return error.message;
    throw error;
  }
  return undefined;
}

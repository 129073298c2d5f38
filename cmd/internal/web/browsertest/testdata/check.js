// check runs tests: a table of names and functions, each of which throws if something
// is not as it should be.
export async function run(tests) {
  const results = [];
  for (const [Name, test] of Object.entries(tests)) {
    const wrong = await Promise.resolve().then(test).then(() => "", (e) => String(e.stack ?? e));
    results.push({ Name, Wrong: wrong });
  }
  return results;
}

// same compares values by what they are as JSON.
export function same(got, want, what = "") {
  const a = JSON.stringify(got), b = JSON.stringify(want);
  if (a !== b) throw new Error(what + "\n got " + a + "\nwant " + b);
}

// check runs tests: a table of names and functions, each of which throws if something
// is not as it should be.
export function run(tests) {
  return Object.entries(tests).map(([Name, test]) => {
    try {
      test();
      return { Name, Wrong: "" };
    } catch (e) {
      return { Name, Wrong: String(e.stack ?? e) };
    }
  });
}

// same compares values by what they are as JSON.
export function same(got, want, what = "") {
  const a = JSON.stringify(got), b = JSON.stringify(want);
  if (a !== b) throw new Error(what + "\n got " + a + "\nwant " + b);
}

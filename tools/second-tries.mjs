// A reporter of vitest: names each test that passed at its second try (HARRIER_RETRY), so that it is looked at.
export default class SecondTries {
  #names = [];
  onTestCaseResult(test) {
    if (test.result().state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) this.#names.push(test.fullName);
  }
  onTestRunEnd() {
    for (const name of this.#names) console.log(`PASSED AT THE SECOND TRY ${name}`);
  }
}

(function () {
  var form = document.querySelector("form"), button = form.querySelector("button"), hint = document.getElementById("sent");
  var words = button.textContent, sent = 0;
  form.addEventListener("submit", function (event) {
    // A second click at once is the same click. Later it is somebody to whom nothing happened: the same form is the same order.
    if (Date.now() - sent < 8000) { event.preventDefault(); return; }
    sent = Date.now();
    button.textContent = button.dataset.sent;
    hint.textContent = hint.dataset.sent;
  });
  // Back from the payment page, with the form as it was left.
  addEventListener("pageshow", function (event) {
    if (!event.persisted) { return; }
    sent = 0;
    button.textContent = words;
    hint.textContent = "";
  });
})();

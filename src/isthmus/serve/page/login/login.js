// Signing in: the password goes to this service alone, and a cookie that no script can read comes back.

import { post } from "../api.js";
import { loadWords } from "../words.js";

const $ = (id) => document.getElementById(id);

function say(message) {
  $("message").textContent = message;
  $("message").hidden = !message;
}

async function signIn(event) {
  event.preventDefault();
  say("");
  $("sign-in").disabled = true;
  try {
    await post("login", { name: $("name").value, password: $("password").value });
    location.replace("./");
  } catch (error) {
    say(error.message);
    $("password").value = "";
    $("password").focus();
  } finally {
    $("sign-in").disabled = false;
  }
}

await loadWords();
$("plain").hidden = isSecureContext;
$("login").addEventListener("submit", signIn);
document.body.dataset.ready = "true";

// Who has signed in, and the way out.

import { call } from "./api.js";
import { word } from "./words.js";

export function signOut(button, user, say) {
  button.hidden = !user;
  if (!user) return;
  button.title = word("login.as", { name: user });
  button.addEventListener("click", async () => {
    try {
      await call("logout", { method: "POST" });
      location.replace("login");
    } catch (error) {
      say(error.message);
    }
  });
}

/** Entry of the deployed bundle: importing a file registers its functions. */
import "./command.http.ts";
import "./fleet.http.ts";
import "./operation.queue.ts";
import "./poison.queue.ts";
import "./reconcile.queue.ts";
import "./scan.queue.ts";
import "./sweep.timer.ts";
import "./terminate.hook.ts";
import "./watch.timer.ts";

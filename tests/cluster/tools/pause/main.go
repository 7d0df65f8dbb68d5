// Pause is what keeps a pod's namespaces open: it does nothing, and it ends when it is told to.
// The kubelet's sandbox image holds this one program and nothing else.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGINT, syscall.SIGTERM)
	<-asked
}

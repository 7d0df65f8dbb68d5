// CoreDNS with only the plugins that a cluster's name service needs. The full program pulls in
// the SDK of every cloud, and takes minutes instead of seconds to build.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	// The order in which a query passes through the plugins, whatever the Corefile's order is.
	dnsserver.Directives = []string{"bind", "errors", "kubernetes"}
	coremain.Run()
}

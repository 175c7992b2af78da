// Package server answers requests.
package server

import (
	"context"
	"net/http"

	log "github.com/sirupsen/logrus"
)

const defaultPort = 8080

// ErrClosed says that the server is gone.
var ErrClosed = errors.New("closed")

type (
	// Handler answers one request.
	Handler func(http.ResponseWriter, *http.Request)
)

// Server listens on a port.
type Server struct {
	port    int
	handler Handler
}

// Runner runs until the context ends.
type Runner interface {
	Run(ctx context.Context) error
}

// New makes a server.
func New(handler Handler) *Server {
	return &Server{port: defaultPort, handler: handler}
}

// Run serves until the context ends.
func (s *Server) Run(ctx context.Context) error {
	log.Info("running") // once
	return http.ListenAndServe(":80", nil)
}

func (l list[T]) Len() int { return len(l.items) }

var shutdown = func(s *Server) error {
	return ErrClosed
}

package cache

import "sync"

const DefaultSize = 128

const (
	ModeLRU Mode = iota
	ModeFIFO
)

// Mode says what is evicted first.
type Mode int

// Cache is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	items map[K]V
}

type Loader interface {
	Load(key string) (string, error)
}

// New returns an empty cache.
func New[K comparable, V any]() *Cache[K, V] {
	return &Cache[K, V]{items: map[K]V{}}
}

// Get returns the value, if there is one.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.items[key]
	return value, ok
}

func (m Mode) String() string { return "mode" }

package Trade::Proxy;

# A TCP proxy for faults: it stands between nginx and a server, in a process of
# its own, and does to what flows there what the test says.
#
#   my $p = Trade::Proxy->new(to => $redis->address);
#   ... nginx on $p->address instead of $redis->address ...
#
#   $p->pass               all flows, as at first; pass('request') or
#                          pass('reply') ends what stall() did to one way only
#   $p->refuse             new connections are refused, open ones stay
#   $p->stall              nothing flows, not even the end; stall('request')
#                          or stall('reply') stops one way only
#   $p->delay(0.2)         what comes is passed on so many seconds later
#   $p->cut                resets all connections, with what is on its way
#   $p->cut_at(request => qr/.../, $times)
#   $p->cut_at(reply => qr/.../, $times)
#                          resets a connection when bytes that match come by:
#                          they, and what came with them, do not arrive;
#                          $times, once by default; what came before does
#   $p->lead($address)     new connections go there
#   $p->cuts               how often that has happened
#   $p->connections        how many are open
#
# A request that matches and is cut never reached the server; a reply that is
# cut means that the server has done what it was asked for.  Each call returns
# when it is in effect.

use strict;
use warnings;

use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::INET;
use IPC::Open2;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);
use Trade::Process qw(free_port);

use constant TAIL => 256;       # bytes of a match that may come in pieces

# new(to => address)
sub new {
    my ($class, %self) = @_;
    my $self = bless { %self, parent => $$ }, $class;
    $self->{address} = '127.0.0.1:' . free_port();
    $self->{pid} = open2($self->{from}, $self->{into}, $^X,
        '-I' . dirname(dirname(__FILE__)), '-MTrade::Proxy', '-e',
        'Trade::Proxy::_run(@ARGV)', @$self{qw(to address)});
    $self->pass;
    return $self;
}

sub address { $_[0]{address} }

sub pass { my ($self, @way) = @_; $self->_ask('pass', @way) }
sub refuse { $_[0]->_ask('refuse') }
sub stall { my ($self, @way) = @_; $self->_ask('stall', @way) }
sub delay { my ($self, $seconds) = @_; $self->_ask('delay', $seconds) }
sub cut { $_[0]->_ask('cut') }
sub cut_at { my ($self, @at) = @_; $self->_ask('cut_at', @at) }
sub lead { my ($self, $address) = @_; $self->_ask('lead', $address) }
sub cuts { $_[0]->_ask('cuts') }
sub connections { $_[0]->_ask('connections') }

# A command is one line, its words in hex; so is the answer, as it is.
sub _ask {
    my ($self, @words) = @_;
    print { $self->{into} } join(' ', map { unpack 'H*', $_ } @words), "\n";
    my $answer = readline $self->{from};
    defined $answer or die "the proxy to $self->{to} has ended\n";
    chomp $answer;
    return $answer;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{pid} && $self->{parent} == $$;
    local ($?, $@, $!);
    close $self->{into};
    waitpid $self->{pid}, 0;
}

# From here on: in the proxy's process.

my ($to, $listen, $listening, $delay, $cuts);
my %stalled;    # ways on which nothing flows
my %at;         # way => what it is cut at, and how often still
my %pipes;      # one way of a connection, by the socket that it reads

my %commands = (
    pass => sub {
        if (@_) { delete @stalled{@_}; return 1 }
        $listening = listen $listen, 128;
        (%stalled, %at) = ();
        $delay = 0;
    },
    # it keeps its port, having been bound to it by number
    refuse => sub { shutdown $listen, 2; $listening = 0 },
    stall => sub { $stalled{$_} = 1 for @_ ? @_ : qw(request reply); 1 },
    delay => sub { ($delay) = @_ },
    cut => sub { _close($_) for my @pipes = values %pipes; 1 },
    cut_at => sub {
        my ($way, $match, $times) = @_;
        $at{$way} = { match => qr/$match/, times => $times // 1 };
        $_->{tail} = '' for values %pipes;
        return 1;
    },
    lead => sub { ($to) = @_ },
    cuts => sub { $cuts },
    connections => sub { keys(%pipes) / 2 },
);

sub _run {
    ($to, my $address) = @_;
    $listen = IO::Socket::INET->new(LocalAddr => $address, ReuseAddr => 1,
        Listen => 128, Blocking => 0) or die "$address: $!\n";
    ($listening, $delay, $cuts) = (1, 0, 0);
    $SIG{INT} = $SIG{PIPE} = 'IGNORE';
    $| = 1;

    for (;;) {
        my ($r) = IO::Select->select(_wanted());
        my %ready = map { $_ => 1 } @{ $r || [] };

        # first the command: it holds for all that is read after it
        if ($ready{ \*STDIN }) { _command() or return }
        _accept() if $ready{$listen};
        for my $p (my @pipes = values %pipes) {
            _read($p) if $ready{ $p->{from} } && !$p->{closed};
            _write($p) unless $stalled{ $p->{way} } || $p->{closed};
        }
    }
}

# Whom to wait for, and how long.
sub _wanted {
    my ($read, $write) = (IO::Select->new(\*STDIN), IO::Select->new);
    my $timeout;
    $read->add($listen) if $listening;
    for my $p (grep { !$stalled{ $_->{way} } } values %pipes) {
        $read->add($p->{from}) unless $p->{eof};
        next unless @{ $p->{queue} };
        my $wait = $p->{queue}[0]{due} - time;
        if ($wait <= 0) { $write->add($p->{to}) }
        elsif (!defined $timeout || $wait < $timeout) { $timeout = $wait }
    }
    return ($read, $write, undef, $timeout);
}

sub _command {
    my $line = '';
    do { sysread STDIN, $line, 1, length $line or return } until $line =~ /\n/;
    my ($name, @args) = map { pack 'H*', $_ } split ' ', $line;
    print $commands{$name}->(@args), "\n";
    return 1;
}

sub _accept {
    my $client = $listen->accept or return;
    my $server = IO::Socket::INET->new(PeerAddr => $to) or return;
    $_->blocking(0) for $client, $server;

    my %request = (way => 'request', from => $client, to => $server);
    my %reply = (way => 'reply', from => $server, to => $client);
    for my $p (\%request, \%reply) {
        @$p{qw(queue tail)} = ([], '');
        $pipes{ $p->{from} } = $p;
    }
}

sub _read {
    my ($p) = @_;
    my $got = sysread $p->{from}, my $bytes, 65536;
    if (!$got) {
        return if !defined $got && $!{EAGAIN};
        return defined $got ? $p->{eof} = 1 : _close($p);
    }
    my $seen = $p->{tail} . $bytes;
    my $at = $at{ $p->{way} };
    if ($at && $at->{times} > 0 && $seen =~ $at->{match}) {
        $at->{times}--;
        $cuts++;
        return _close($p);
    }
    $p->{tail} = length $seen > TAIL ? substr $seen, -TAIL : $seen;
    push @{ $p->{queue} }, { due => time + $delay, bytes => $bytes };
}

# Passes on what is due, and the end behind it.
sub _write {
    my ($p) = @_;
    my $queue = $p->{queue};
    while (@$queue && $queue->[0]{due} <= time) {
        my $n = syswrite $p->{to}, $queue->[0]{bytes};
        return $!{EAGAIN} ? undef : _close($p) if !defined $n;
        substr($queue->[0]{bytes}, 0, $n) = '';
        shift @$queue if $queue->[0]{bytes} eq '';
    }
    return if !$p->{eof} || @$queue || $p->{ended}++;
    shutdown $p->{to}, 1;
    _close($p) if $pipes{ $p->{to} }{ended};
}

# Both ways; resets what has not ended.
sub _close {
    my ($p) = @_;
    for my $way (grep { $_ } delete @pipes{ @$p{qw(from to)} }) {
        setsockopt $way->{from}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
        close $way->{from};
        $way->{closed} = 1;
    }
}

1;

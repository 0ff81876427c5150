/** Shows `/openapi.json`. Nothing is sent anywhere but to the service that this page came from. */
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayOperationId: true,
  docExpansion: 'list',
  validatorUrl: null,
});
